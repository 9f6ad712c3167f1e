// What a session says of an input or output, whichever way it was opened.

export type TensorMetadata =
  | { readonly name: string; readonly isTensor: false }
  | {
      readonly name: string;
      readonly isTensor: true;
      readonly type: string;
      /** Dimensions without a fixed size are a name or null. */
      readonly shape: readonly (number | string | null)[];
    };
