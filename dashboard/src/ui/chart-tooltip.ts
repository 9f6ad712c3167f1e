// The box beside the pointer on a chart, as DOM nodes: names of series are data and never become markup.

export interface TooltipLine {
  color: string;
  name: string;
  value: string;
}

export function chartTooltip(title: string, lines: readonly TooltipLine[], total?: string): HTMLElement {
  const box = element('div', 'tg-tip');
  box.append(element('div', 'tg-tip-title', title));
  for (const { color, name, value } of lines) {
    const line = element('div', 'tg-tip-line');
    const swatch = element('span', 'tg-swatch');
    swatch.style.background = color;
    line.append(swatch, element('span', 'tg-tip-name', name), element('span', 'tg-tip-value', value));
    box.append(line);
  }
  if (total !== undefined) {
    const line = element('div', 'tg-tip-line tg-tip-total');
    line.append(element('span', 'tg-tip-name', 'Total'), element('span', 'tg-tip-value', total));
    box.append(line);
  }
  return box;
}

function element(tag: string, className: string, text?: string): HTMLElement {
  const node = document.createElement(tag);
  node.className = className;
  if (text !== undefined) node.textContent = text;
  return node;
}
