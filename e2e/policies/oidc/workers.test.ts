/** Sign-in over several workers: a request may reach any of them. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { client, startProvider } from '../../../testkit/openid/provider.ts';
import { Visitor } from '../../../testkit/openid/visitor.ts';
import { startUpstream } from '../../../testkit/upstream.ts';
import { processPorts, processSection, startWaygate } from '../../process/waygate-process.ts';
import { firstCookie } from './app.ts';

test(
  'four workers use a refresh token once; a session that one ends is over in all',
  { timeout: 90_000 },
  async (t) => {
    const ports = await processPorts();
    const url = `http://localhost:${ports.data}`;
    await using provider = await startProvider({
      redirectUri: `${url}/oauth/callback`,
      idTokenSeconds: 3,
      rotate: true,
    });
    await using upstream = await startUpstream();
    const folder = mkdtempSync(join(tmpdir(), 'waygate-oidc-'));
    t.after(() => rmSync(folder, { recursive: true, force: true }));
    const file = join(folder, 'config.yaml');
    writeFileSync(
      file,
      `
${processSection(ports, 4)}
gateways: { default: { port: ${ports.data}, address: ["127.0.0.1"] } }
routes:
- policies:
    oidc: { issuer: "${provider.issuer}", clientId: ${client.id}, clientSecret: ${client.secret}, redirectURI: "${url}/oauth/callback", logoutPath: /logout }
  backends: [{ host: "${upstream.host}" }]
`,
    );
    const waygate = startWaygate(t, { args: ['-f', file] });
    await waygate.says('ready');
    const visitor = new Visitor();
    assert.equal((await visitor.signIn(await visitor.visit(url), 'alice')).text, 'ok');
    const headers = { 'sec-fetch-mode': 'cors' };
    for (let round = 0; round < 2; round++) {
      const [name, value] = firstCookie(visitor);
      await new Promise((resolve) => setTimeout(resolve, 3100));
      const asked = provider.count('/token');
      // Each with a connection of its own: they reach all workers.
      const tabs = Array.from({ length: 40 }, () => {
        const tab = new Visitor();
        tab.cookies('localhost').set(name, value);
        return tab;
      });
      const pages = await Promise.all(tabs.map((tab) => tab.step(url, { headers })));
      assert.deepEqual(new Set(pages.map(({ status }) => status)), new Set([200]));
      assert.equal(provider.count('/token'), asked + 1);
      visitor.cookies('localhost').set(...firstCookie(tabs.at(-1) ?? assert.fail()));
    }
    const [name, value] = firstCookie(visitor);
    await visitor.step(`${url}/logout`);
    const statuses = await Promise.all(
      Array.from({ length: 20 }, async () => {
        const thief = new Visitor();
        thief.cookies('localhost').set(name, value);
        return (await thief.step(url, { headers })).status;
      }),
    );
    assert.deepEqual(new Set(statuses), new Set([401]));
  },
);
