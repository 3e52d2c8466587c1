import { decoded } from '../../request/decoded.ts';

/** Paths that name a model: Google's methods and models, Azure's deployments, and OpenAI's engines of old. */
const patterns: readonly RegExp[] = [/\/models\/(.+):[A-Za-z]+$/, /\/deployments\/([^/]+)\/./, /\/engines\/([^/]+)\/./];

/** The model that the path of a passed request names, or null. */
export function pathModel(path: string): string | null {
  const name = nameIn(path);
  return name === null ? null : decoded(name);
}

/** The path with another model; the same where it names none, or this one. */
export function withPathModel(path: string, model: string): string {
  const name = nameIn(path);
  if (name === null || decoded(name) === model) return path;
  const at = path.lastIndexOf(`/${name}`) + 1;
  return path.slice(0, at) + encodeURIComponent(model) + path.slice(at + name.length);
}

/** As it stands in the path. */
function nameIn(path: string): string | null {
  for (const pattern of patterns) {
    const name = pattern.exec(path)?.[1];
    if (name !== undefined) return name;
  }
  return null;
}

/** True for paths that begin with a version, as those of every LLM API do: only these are passed without a body. */
export function isVersioned(path: string): boolean {
  return /\/v\d[^/]*\/./.test(path) || path.startsWith('/openai/');
}
