import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { homedir } from 'node:os';
import type { CredentialPorts } from '../ports.ts';

const variables = ['COPILOT_GITHUB_TOKEN', 'GH_TOKEN', 'GITHUB_TOKEN'] as const;

/** The GitHub token of the environment, else that of an editor's Copilot or of `gh`. Rejects with a readable Error. */
export async function githubToken(env: CredentialPorts['env']): Promise<string> {
  for (const name of variables) {
    const value = env[name];
    if (value !== undefined && value !== '') return value;
  }
  const folder = env['XDG_CONFIG_HOME'] || join(env['HOME'] || homedir(), '.config');
  for (const name of ['apps.json', 'hosts.json']) {
    const found = ofEditor(await textOf(join(folder, 'github-copilot', name)));
    if (found !== undefined) return found;
  }
  const found = ofGh(await textOf(join(env['GH_CONFIG_DIR'] || join(folder, 'gh'), 'hosts.yml')));
  if (found !== undefined) return found;
  throw new Error(`no GitHub token: set ${variables[0]}, or sign in with an editor's Copilot or with gh`);
}

/** '' for a file that is not there. */
async function textOf(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch {
    return ''; // the next place is looked at
  }
}

/** `{ "github.com:…": { "oauth_token": … } }` */
function ofEditor(text: string): string | undefined {
  if (text === '') return undefined;
  const hosts = JSON.parse(text) as Readonly<Record<string, { readonly oauth_token?: unknown } | null>>;
  for (const [host, entry] of Object.entries(hosts)) {
    const token = entry?.oauth_token;
    if (host.split(':', 1)[0] === 'github.com' && typeof token === 'string') return token;
  }
  return undefined;
}

/** `oauth_token` in the block of github.com; gh writes it there where it has no keyring. */
function ofGh(text: string): string | undefined {
  const block = /^github\.com:[ \t]*\n((?:[ \t]+.*\n?)*)/m.exec(text)?.[1] ?? '';
  return /^[ \t]+oauth_token:[ \t]*["']?([^\s"']+)/m.exec(block)?.[1];
}
