/** An answer of a token endpoint that is no token (RFC 6749 §5.2). */
export class OAuthError extends Error {
  override readonly name = 'OAuthError';
  readonly status: number;
  /** The error code, such as `invalid_grant`; '' where the answer has none. */
  readonly code: string;

  constructor(host: string, status: number, code: string, description: string) {
    const said = [code, description].filter((text) => text !== '').join(': ');
    super(`${host} answered ${status}${said === '' ? '' : `: ${said}`}`);
    this.status = status;
    this.code = code;
  }
}

const code = /^[\w.-]{1,64}$/;

/** A code that may be shown: what a server sends is not to be trusted with more than a word. */
export function safeCode(text: unknown): string {
  return typeof text === 'string' && code.test(text) ? text : '';
}
