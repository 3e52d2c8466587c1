/** Running h2spec, and what it comes to, case by case. */
import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

const cache = process.env['H2SPEC_CACHE'] ?? join(import.meta.dirname, '../../.cache/h2spec');

/** Seconds until h2spec takes silence for an answer: longer than a busy machine needs. */
const patience = 5;

/** One case of the suite. */
export interface Case {
  /** `http2/6.9.1/3`, as h2spec takes it on its command line. */
  readonly id: string;
  readonly title: string;
  /** What h2spec saw in place of what it wants; absent: the case passed. */
  readonly failure?: string;
}

/** Builds h2spec; the first call on a machine takes some seconds, and the network. */
export async function installH2spec(): Promise<void> {
  await promisify(execFile)(join(import.meta.dirname, 'setup.sh'));
}

/** All cases, the strict ones too, against the server on a loopback port. */
export async function runH2spec(port: number, tls: boolean): Promise<readonly Case[]> {
  const folder = mkdtempSync(join(tmpdir(), 'waygate-h2spec-'));
  try {
    const report = join(folder, 'report.xml');
    const args = ['--strict', '--host', '127.0.0.1', '--port', String(port), '--timeout', String(patience)];
    await ended(join(cache, 'h2spec'), [...args, ...(tls ? ['--tls', '--insecure'] : []), '--junit-report', report]);
    return readCases(readFileSync(report, 'utf8'));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Waits for a program that ends with 1 when a case failed; what it says is in its report. */
function ended(file: string, args: readonly string[]): Promise<void> {
  return new Promise((resolve, reject) => {
    execFile(file, args, (error) => {
      if (error === null || error.code === 1) resolve();
      else reject(error);
    });
  });
}

/** The cases of a JUnit report, numbered within their section as h2spec does. */
function readCases(xml: string): readonly Case[] {
  const counts = new Map<string, number>();
  const cases: Case[] = [];
  for (const [, section = '', title = '', rest = ''] of xml.matchAll(
    /<testcase package="([^"]*)" classname="([^"]*)"[^>]*>(.*?)<\/testcase>/gs,
  )) {
    const number = (counts.get(section) ?? 0) + 1;
    counts.set(section, number);
    const failure = /<(?:error|failure|skipped)[^>]*>(.*?)<\//s.exec(rest)?.[1];
    const one = { id: `${section}/${number}`, title };
    cases.push(failure === undefined ? one : { ...one, failure });
  }
  return cases;
}
