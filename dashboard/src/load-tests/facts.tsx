// Names and values in two columns; what is not known is left out.

export type FactLine = readonly [name: string, value: string | null];

export function Facts({ facts }: { facts: readonly FactLine[] }) {
  return (
    <dl className="tg-load-facts">
      {facts.map(
        ([name, value]) =>
          value !== null && (
            <div key={name}>
              <dt>{name}</dt>
              <dd>{value}</dd>
            </div>
          ),
      )}
    </dl>
  );
}
