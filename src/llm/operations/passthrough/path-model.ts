import { decoded } from '../../request/decoded.ts';

/**
 * Paths that name a model: Google's methods and models, Azure's deployments, and OpenAI's engines of old. Providers may read
 * them in any case, and several slashes as one.
 */
const patterns: readonly RegExp[] = [
  /\/models\/+(.+):[A-Za-z]+$/di,
  /\/deployments\/+([^/]+)\/./di,
  /\/engines\/+([^/]+)\/./di,
];

/** The model that the path of a passed request names, or null. */
export function pathModel(path: string): string | null {
  const name = nameIn(path);
  // Providers find their paths however they are escaped.
  return name === null ? nameIn(decoded(path)) : decoded(name);
}

/** True where path and body name one model; Google's bodies may have it as a resource, `models/…`. */
export function isSameModel(inPath: string, inBody: string): boolean {
  return inBody === inPath || inBody === `models/${inPath}`;
}

/** The path with another model; the same where it names none, or this one. */
export function withPathModel(path: string, model: string): string {
  const [start, end] = match(path)?.indices?.[1] ?? [0, 0];
  if (end === 0 || decoded(path.slice(start, end)) === model) return path;
  return path.slice(0, start) + encodeURIComponent(model) + path.slice(end);
}

/** As it stands in the path. */
function nameIn(path: string): string | null {
  return match(path)?.[1] ?? null;
}

function match(path: string): RegExpExecArray | null {
  for (const pattern of patterns) {
    const found = pattern.exec(path);
    if (found !== null) return found;
  }
  return null;
}

/** True for paths that begin with a version, as those of every LLM API do: only these are passed without a body. */
export function isVersioned(path: string): boolean {
  return /\/v\d[^/]*\/./.test(path) || path.startsWith('/openai/');
}
