declare module 'asl-validator' {
  interface Verdict {
    isValid: boolean;
    errorsText(separator?: string): string;
  }
  const validate: (definition: object) => Verdict;
  export = validate;
}
