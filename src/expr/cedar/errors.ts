/** Why a policy could not be evaluated; Cedar then leaves the policy out ("skip on error"). */
export class CedarError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'CedarError';
  }
}

/** A value of a type that the operator does not take. */
export function typeError(expected: string, found: string): CedarError {
  return new CedarError(`type error: expected ${expected}, got ${found}`);
}
