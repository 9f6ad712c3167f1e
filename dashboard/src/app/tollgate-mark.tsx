// The name and the mark of the product.

export function TollgateMark() {
  return (
    <span className="tg-mark">
      <svg width="26" height="26" viewBox="0 0 32 32" aria-hidden="true">
        <rect width="32" height="32" rx="8" fill="#3f51d6" />
        <path d="M8 9v15M8 13h16" stroke="#fff" strokeWidth="3" strokeLinecap="round" />
        <path d="M13 13v4M18 13v4M23 13v4" stroke="#c3ccff" strokeWidth="3" strokeLinecap="round" />
      </svg>
      Tollgate
    </span>
  );
}
