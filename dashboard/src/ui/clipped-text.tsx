// A name of any length that takes a bounded part of its line: what is cut off stands in the hover text.

export function ClippedText({ text }: { text: string }) {
  return (
    <span className="tg-clip" title={text}>
      {text}
    </span>
  );
}
