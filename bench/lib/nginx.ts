import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { CertificatePaths } from '../../testkit/certificates.ts';
import type { Ports } from '../scenarios/scenario.ts';
import { childrenOf, MeasuredProcess } from './process.ts';

/** Where Debian's `libnginx-mod-stream` puts it. */
const streamModule = '/usr/lib/nginx/modules/ngx_stream_module.so';

/**
 * Starts nginx as a proxy to the upstreams, plain, over TLS and over HTTP/2, and as a relay: one worker, keep-alive to it,
 * access log to a file.
 */
export function startNginx(
  directory: string,
  ports: Ports,
  certificate: CertificatePaths,
  core: number,
): MeasuredProcess {
  mkdirSync(directory, { recursive: true });
  const file = join(directory, 'nginx.conf');
  writeFileSync(
    file,
    `
load_module ${streamModule};
daemon off;
worker_processes 1;
pid ${directory}/nginx.pid;
error_log ${directory}/error.log;
worker_rlimit_nofile 8192;
events { worker_connections 4096; }
http {
  access_log ${directory}/access.log combined buffer=64k flush=1s;
  client_body_temp_path ${directory}/body;
  proxy_temp_path ${directory}/proxy;
  fastcgi_temp_path ${directory}/fastcgi;
  uwsgi_temp_path ${directory}/uwsgi;
  scgi_temp_path ${directory}/scgi;
  keepalive_requests 1000000000;
  upstream up { server 127.0.0.1:${ports.upstream}; keepalive 128; keepalive_requests 1000000000; }
  server {
    listen 127.0.0.1:${ports.nginx} backlog=4096;
    listen 127.0.0.1:${ports.nginxTls} ssl backlog=4096;
    listen 127.0.0.1:${ports.nginxHttp2} http2 backlog=4096;
    ssl_certificate ${certificate.cert};
    ssl_certificate_key ${certificate.key};
    location / {
      proxy_pass http://up;
      proxy_http_version 1.1;
      proxy_set_header Connection "";
      proxy_buffering off;
      proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;
      proxy_set_header X-Forwarded-Proto $scheme;
    }
  }
  upstream calls { server 127.0.0.1:${ports.http2Upstream}; keepalive 128; keepalive_requests 1000000000; }
  server {
    listen 127.0.0.1:${ports.nginxGrpc} http2 backlog=4096;
    location / {
      grpc_pass grpc://calls;
      grpc_set_header X-Forwarded-For $proxy_add_x_forwarded_for;
      grpc_set_header X-Forwarded-Proto $scheme;
    }
  }
}
stream {
  server { listen 127.0.0.1:${ports.nginxTcp} backlog=4096; proxy_pass 127.0.0.1:${ports.upstream}; }
}
`,
  );
  return MeasuredProcess.start('nginx', ['-c', file, '-p', directory], {
    core,
    logFile: join(directory, 'out.log'),
    workers: childrenOf,
  });
}
