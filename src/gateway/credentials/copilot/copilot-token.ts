import type { BearerToken } from '../bearer.ts';
import type { Issue } from '../cached-token.ts';
import type { CredentialPorts } from '../ports.ts';
import { numberMember, requestToken, textMember } from '../token-request.ts';
import { githubToken } from './github-token.ts';

const exchangeUrl = 'https://api.github.com/copilot_internal/v2/token';

/** What Copilot's API wants to know of its client; a request that has them keeps its own. */
const editorFields: Readonly<Record<string, string>> = {
  'editor-version': 'vscode/1.104.0',
  'editor-plugin-version': 'copilot-chat/0.31.0',
  'copilot-integration-id': 'vscode-chat',
};

/** Copilot's short-lived token for a GitHub token. */
export function issueCopilotToken({ env, fetch }: CredentialPorts): Issue<BearerToken> {
  return async (signal) => {
    const headers = { authorization: `token ${await githubToken(env)}`, 'user-agent': 'waygate', ...editorFields };
    const answer = await requestToken(fetch, { url: exchangeUrl, headers }, signal);
    return {
      value: { token: textMember(answer, 'token'), fields: editorFields },
      expiresMs: numberMember(answer, 'expires_at') * 1000,
    };
  };
}
