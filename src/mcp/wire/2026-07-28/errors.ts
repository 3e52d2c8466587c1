import { rawErrorText, RpcError } from '../jsonrpc.ts';
import { supportedRevisions } from '../versions.ts';

/** Error codes that 2026-07-28 adds (basic, error codes); the range around them is reserved for the specification. */
export const modernCodes = {
  headerMismatch: -32020,
  missingClientCapability: -32021,
  unsupportedVersion: -32022,
} as const;

/** An error answer that has a status of its own over HTTP. */
export class ModernError extends RpcError {
  readonly status: number;
  readonly data: unknown;

  constructor(status: number, code: number, message: string, data?: unknown) {
    super(code, message);
    this.name = 'ModernError';
    this.status = status;
    this.data = data;
  }

  /** The response to the request with this id. */
  response(idText: string): string {
    const { code, message, data } = this;
    return rawErrorText(idText, JSON.stringify({ code, message, ...(data === undefined ? {} : { data }) }));
  }
}

/** What a client gets that names a version we do not speak. */
export function unsupportedVersion(requested: string): ModernError {
  return new ModernError(
    400,
    modernCodes.unsupportedVersion,
    `Unsupported protocol version: ${requested.slice(0, 100)}`,
    {
      supported: supportedRevisions,
      requested,
    },
  );
}

/** What a client gets whose header fields and body disagree (transports, server validation). */
export function headerMismatch(detail: string): ModernError {
  return new ModernError(400, modernCodes.headerMismatch, `Bad Request: header mismatch: ${detail}`);
}

/** What a client gets that did not declare what its request takes (basic, error codes). @param required As it declares it. */
export function missingCapability(required: object): ModernError {
  return new ModernError(400, modernCodes.missingClientCapability, 'Missing required client capability', {
    requiredCapabilities: required,
  });
}

/** The HTTP status that an error code has when a server answers with it. */
export function statusOfCode(code: number): number {
  return code === modernCodes.missingClientCapability ? 400 : 200;
}
