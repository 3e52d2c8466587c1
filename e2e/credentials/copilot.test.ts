/** GitHub Copilot's token against a loopback stand-in. */
import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { Logger } from '../../src/base/logger.ts';
import { webFetch } from '../../src/base/web-fetch.ts';
import { githubToken } from '../../src/gateway/credentials/copilot/github-token.ts';
import { issueCopilotToken } from '../../src/gateway/credentials/copilot/copilot-token.ts';
import { startUpstream } from '../../testkit/upstream.ts';
import { hundred, json, tempFile, tokenOf } from './bench.ts';

test('a GitHub token is exchanged once, and the editor that it is for goes with it', async () => {
  await using github = await startUpstream((_request, response) =>
    json(response, { token: 'tid=copilot', expires_at: Math.floor(Date.now() / 1000) + 1800, refresh_in: 1500 }),
  );
  const { token } = tokenOf(
    issueCopilotToken({
      log: new Logger(() => undefined),
      env: { GH_TOKEN: 'gho_x' },
      fetch: (url, init) => webFetch(url.replace('https://api.github.com', `http://${github.host}`), init),
    }),
  );
  const bearer = await hundred(token);
  assert.equal(bearer.token, 'tid=copilot');
  assert.equal(bearer.fields?.['copilot-integration-id'], 'vscode-chat');
  assert.equal(github.requests.length, 1);
  assert.equal(github.requests[0]?.url, '/copilot_internal/v2/token');
  assert.equal(github.requests[0]?.headers.authorization, 'token gho_x');
});

/** A home folder with these files. */
function home(t: TestContext, files: Readonly<Record<string, string>>): { HOME: string } {
  const folder = dirname(tempFile(t, 'empty', ''));
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), text);
  }
  return { HOME: folder };
}

test('the GitHub token is looked for in the environment, then with an editor, then with gh', async (t) => {
  const gh = {
    '.config/gh/hosts.yml':
      'ghe.test:\n    oauth_token: other\ngithub.com:\n    users:\n        me:\n    git_protocol: https\n    oauth_token: of-gh\n    user: me\n',
  };
  const editor = {
    '.config/github-copilot/apps.json':
      '{"ghe.test:app":{"oauth_token":"other"},"github.com:Iv1.app":{"user":"me","oauth_token":"of-editor"}}',
  };
  assert.equal(
    await githubToken({ ...home(t, { ...editor, ...gh }), COPILOT_GITHUB_TOKEN: 'of-env', GH_TOKEN: 'b' }),
    'of-env',
  );
  assert.equal(
    await githubToken({ ...home(t, { ...editor, ...gh }), COPILOT_GITHUB_TOKEN: '', GITHUB_TOKEN: 'b' }),
    'b',
  );
  assert.equal(await githubToken(home(t, { ...editor, ...gh })), 'of-editor');
  assert.equal(await githubToken(home(t, gh)), 'of-gh');
  await assert.rejects(githubToken(home(t, {})), /COPILOT_GITHUB_TOKEN/);
});
