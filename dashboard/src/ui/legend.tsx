// The names and colours of a chart's series, reachable by keyboard. A name can be clicked where the chart can be narrowed to it.

export interface LegendItem {
  name: string;
  label: string;
  color: string;
  onPick?: (() => void) | undefined;
}

export function Legend({ items, action }: { items: readonly LegendItem[]; action: string }) {
  return (
    <div className="tg-legend">
      {items.map(({ name, label, color, onPick }) => {
        const content = (
          <>
            <span className="tg-swatch" style={{ background: color }} />
            <span className="tg-legend-name">{label}</span>
          </>
        );
        return onPick === undefined ? (
          <span key={name} className="tg-legend-item">
            {content}
          </span>
        ) : (
          <button key={name} type="button" title={`${action} ${label}`} onClick={onPick}>
            {content}
          </button>
        );
      })}
    </div>
  );
}
