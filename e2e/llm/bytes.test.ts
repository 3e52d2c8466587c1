import assert from 'node:assert/strict';
import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import { test } from 'node:test';
import { startLlmGateway } from './llm-gateway.ts';

test('request and stream pass byte for byte, and the client key stays here', async (t) => {
  const request =
    '{ "messages" : [ {"role":"user","content":"\\u00e9 1.0"} ],\n "n":1.0, "model":"own/m", "big":12345678901234567890 }';
  const first = '{"model":"m","choices":[{"delta":{"content":"\\u00e9"}}],"x":1.0}';
  const events = `\ufeff: hi\r\n\r\ndata:${first}\r\n\r\nevent: x\ndata: ${'"y"'.repeat(40_000)}\n\ndata: [DONE]`;
  let got: { body: string; headers: IncomingHttpHeaders; url: string | undefined } | undefined;
  const upstream = createServer((incoming, response) => {
    const parts: Buffer[] = [];
    incoming.on('data', (part: Buffer) => parts.push(part));
    incoming.on('end', () => {
      got = { body: Buffer.concat(parts).toString(), headers: incoming.headers, url: incoming.url };
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      for (const part of events.match(/[^]{1,999}/g) ?? []) response.write(part);
      response.end();
    });
  });
  await new Promise<void>((resolve) => upstream.listen(0, '127.0.0.1', resolve));
  t.after(() => void upstream.close());
  const { port } = upstream.address() as AddressInfo;
  const gateway = await startLlmGateway(
    t,
    `
- name: own/*
  provider: { custom: { formats: [{ type: completions }] } }
  params: { baseUrl: "http://127.0.0.1:${port}/api/v7", apiKey: "sk-gateway" }`,
  );
  const headers = { authorization: 'Bearer client-key', 'x-api-key': 'client-key', 'accept-encoding': 'gzip, br' };
  const response = await fetch(`${gateway.url}/chat/completions?a=b`, { method: 'POST', headers, body: request });
  assert.equal(await response.bytes().then((bytes) => Buffer.from(bytes).toString()), events);
  assert.equal(got?.body, request);
  assert.equal(got.url, '/api/v7/chat/completions?a=b');
  assert.equal(got.headers.authorization, 'Bearer sk-gateway');
  assert.equal(got.headers['x-api-key'], undefined);
  assert.equal(got.headers['accept-encoding'], 'identity');
  await gateway.stop();
});
