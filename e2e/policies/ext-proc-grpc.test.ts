import assert from 'node:assert/strict';
import { test } from 'node:test';
import { message, text as textField, type MessageType } from '../../src/base/protobuf/message.ts';
import { openStream, type GrpcMethod, type GrpcStream } from '../../src/net/grpc/client.ts';
import type { GrpcError } from '../../src/net/grpc/status.ts';
import { transportTo } from '../../src/net/grpc/testing/service.ts';
import { oneRoute } from '../../testkit/configurations.ts';
import { startGateway } from '../../testkit/gateway.ts';
import { startGrpcService } from '../../testkit/grpc-service.ts';
import { duplexed, modes, policy, replying } from './ext-proc-support.ts';

interface Word {
  readonly word?: string;
}

const word: MessageType<Word> = message<Word>('Word', { word: textField(1) });
const say: GrpcMethod<Word, Word> = { path: '/test.Words/Say', request: word, reply: word };

for (const mode of ['none', 'streamed', 'fullDuplexStreamed']) {
  test(`calls of gRPC that stream both ways pass a service message by message: ${mode}`, async (t) => {
    await using upstream = await startGrpcService(say, (call, received) => {
      if (received === null) call.end(5, 'enough');
      else call.reply({ word: `${received.word}!` });
    });
    await using service = await replying((received) => duplexed(received, mode));
    await using gateway = await startGateway(oneRoute(policy(service, modes(mode, mode)), upstream.host));
    const got: string[] = [];
    const ended = new Promise<GrpcError | null>((resolve) => {
      const stream: GrpcStream<Word> = openStream(transportTo(t, gateway.port), say, {
        message({ word: reply = '' }) {
          got.push(reply);
          if (got.length < 4) stream.send({ word: String(got.length) });
          else stream.halfClose();
          return true;
        },
        drained() {},
        ended: resolve,
      });
      stream.send({ word: '0' });
    });
    const error = await ended;
    assert.deepEqual(got, ['0!', '1!', '2!', '3!']);
    assert.deepEqual([error?.code, error?.message], [5, 'enough']);
  });
}
