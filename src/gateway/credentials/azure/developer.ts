import { execFile } from 'node:child_process';
import type { BearerToken } from '../bearer.ts';
import type { Issue, Issued } from '../cached-token.ts';
import { textMember } from '../token-request.ts';
import { azureScope } from './entra.ts';

/** The tools that a developer signs in with, and how each is asked; the first that answers counts. */
const tools: readonly (readonly [program: string, args: readonly string[]])[] = [
  ['az', ['account', 'get-access-token', '--scope', azureScope, '--output', 'json']],
  ['azd', ['auth', 'token', '--scope', azureScope, '--output', 'json']],
];

/** A token of the person who is signed in with the Azure CLI or the Azure Developer CLI. */
export function issueForDeveloper(): Issue<BearerToken> {
  return async (signal) => {
    const problems: string[] = [];
    for (const [program, args] of tools) {
      try {
        return read(await run(program, args, signal));
      } catch (error) {
        problems.push(`${program}: ${error instanceof Error ? error.message : String(error)}`);
      }
    }
    throw new Error(problems.join('; '));
  };
}

/** `expires_on` is new in az; `expiresOn` is local time there and UTC in azd. */
function read(output: string): Issued<BearerToken> {
  const answer = JSON.parse(output) as Readonly<Record<string, unknown>>;
  const token = answer['accessToken'] ?? answer['token'];
  const seconds = Number(answer['expires_on'] ?? Number.NaN);
  const expiresMs = Number.isFinite(seconds) ? seconds * 1000 : Date.parse(textMember(answer, 'expiresOn'));
  if (Number.isNaN(expiresMs)) throw new Error('the answer does not say when the token ends');
  return { value: { token: textMember({ token }, 'token') }, expiresMs };
}

function run(program: string, args: readonly string[], signal: AbortSignal): Promise<string> {
  return new Promise((resolve, reject) => {
    execFile(program, args, { encoding: 'utf8', signal }, (error, stdout) => {
      if (error === null) resolve(stdout);
      else reject(new Error('code' in error && error.code === 'ENOENT' ? 'not installed' : 'it gave no token'));
    });
  });
}
