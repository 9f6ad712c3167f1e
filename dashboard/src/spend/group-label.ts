// How the name of a group is shown: calls that carry no such name are said to, instead of an empty cell.

export function groupLabel(name: string, dimension: string): string {
  return name === '' ? `no ${dimension}` : name;
}
