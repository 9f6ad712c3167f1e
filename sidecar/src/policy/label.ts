// The length that the contract allows a label, and a cut that leaves no half character.

export const MAX_LABEL_LENGTH = 256;

export function cutLabel(label: string, maxLength = MAX_LABEL_LENGTH): string {
  if (label.length <= maxLength) return label;
  const last = label.charCodeAt(maxLength - 1);
  const splitsPair = last >= 0xd800 && last <= 0xdbff;
  return label.slice(0, splitsPair ? maxLength - 1 : maxLength);
}
