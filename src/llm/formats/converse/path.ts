/** Where a request for `model` (an id, an inference profile or an ARN) goes: the model is one segment of the path. */
export function conversePath(model: string, stream: boolean): string {
  return `/model/${encodeURIComponent(model)}/${stream ? 'converse-stream' : 'converse'}`;
}

/** Where the tokens of a request for `model` are counted. */
export function countTokensPath(model: string): string {
  return `/model/${encodeURIComponent(model)}/count-tokens`;
}
