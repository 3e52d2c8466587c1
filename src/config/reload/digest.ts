import { createHash } from 'node:crypto';
import { readdir, readFile, stat } from 'node:fs/promises';

/**
 * A digest of the contents of `files` (absolute paths), in which a missing or unreadable file has its place too; the
 * contents of a folder are the names in it.
 */
export async function digestFiles(files: readonly string[]): Promise<string> {
  const hash = createHash('sha256');
  for (const file of files.toSorted()) {
    hash.update(`${file}\0`);
    hash.update(
      await readFile(file).then(
        (bytes) => createHash('sha256').update(bytes).digest('hex'),
        async (error: NodeJS.ErrnoException) =>
          error.code === 'EISDIR'
            ? (await readdir(file).catch((): string[] => [])).toSorted().join('\0')
            : (error.code ?? 'unreadable'),
      ),
    );
  }
  return hash.digest('hex');
}

/**
 * True when one of `files` changed at or after `sinceMs` (Unix epoch), so that a load that began then may have read the
 * older contents; a missing file did not. File systems stamp with a coarse clock, hence the margin.
 */
export async function changedSince(files: readonly string[], sinceMs: number): Promise<boolean> {
  const marginMs = 20;
  for (const file of files) {
    const found = await stat(file).catch(() => undefined);
    if (found !== undefined && found.ctimeMs >= sinceMs - marginMs) return true;
  }
  return false;
}
