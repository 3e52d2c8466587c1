import type * as Cedar from '@cedar-policy/cedar-wasm/nodejs';

/** Cedar itself, as WebAssembly: it parses and checks what is loaded; decisions need it no more. */
export type CedarLibrary = typeof Cedar.default;

/** Loads it: 4 MB that only configurations with Cedar pay for. */
export async function loadCedarLibrary(): Promise<CedarLibrary> {
  // Its names are those of its `module.exports`, in a bundle too.
  const { default: library } = await import('@cedar-policy/cedar-wasm/nodejs');
  return library;
}
