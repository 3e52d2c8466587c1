import { LlmBadRequest } from '../pivot/drops.ts';

/** What would make a model's name more than one segment of a path, or another path. */
const notInPaths = /[/\\%?#\s]|\.\./;

/**
 * A model's name for a path that takes it as it stands.
 *
 * @throws LlmBadRequest for a name that would change the path
 */
export function pathName(model: string | null): string {
  if (model === null || model === '') throw new LlmBadRequest('the model is missing', 'model');
  if (notInPaths.test(model)) {
    throw new LlmBadRequest('the name of a model cannot hold / \\ % ? # .. or white space here', 'model');
  }
  return model;
}

/** A model's name as an escaped segment of a path, for platforms whose names are ARNs. @throws LlmBadRequest */
export function escapedName(model: string | null): string {
  if (model === null || model === '') throw new LlmBadRequest('the model is missing', 'model');
  if (/^\.+$/.test(model)) throw new LlmBadRequest('this is no name of a model', 'model');
  return encodeURIComponent(model);
}

/** The name without the `publishers/…/models/`, `models/` or vendor that some APIs put before it. */
export function bareName(model: string, vendor: string): string {
  const behind = /(?:^|\/)models\/(.*)$/.exec(model)?.[1] ?? model;
  return behind.startsWith(`${vendor}/`) ? behind.slice(vendor.length + 1) : behind;
}
