import { decoded } from '../../request/decoded.ts';

/** A path of Amazon Bedrock's runtime. */
export interface BedrockPath {
  /** Up to the model. */
  readonly before: string;
  /** As the client names it, decoded. */
  readonly model: string;
  /** `/converse`, `/invoke` … */
  readonly operation: string;
}

const pattern =
  /^(.*\/model\/)([^/]+)(\/(?:converse|converse-stream|invoke|invoke-with-response-stream|count-tokens))$/;

/** Reads `…/model/{model}/{operation}`; the name is escaped, as ARNs hold slashes. Null for any other path. */
export function bedrockPath(path: string): BedrockPath | null {
  if (!path.includes('/model/')) return null;
  const match = pattern.exec(path);
  if (match === null) return null;
  return { before: match[1] ?? '', model: decoded(match[2] ?? ''), operation: match[3] ?? '' };
}
