/** The part of the WebAssembly API that this package uses: neither the `es2023` library nor Node's types declare it. */
declare namespace WebAssembly {
  type Imports = Record<string, Record<string, unknown>>
  type Exports = Record<string, unknown>

  interface ModuleImport { readonly module: string, readonly name: string, readonly kind: string }
  interface ModuleExport { readonly name: string, readonly kind: string }

  class Module {
    constructor (bytes: ArrayBuffer | ArrayBufferView<ArrayBuffer>)
    static imports (module: Module): ModuleImport[]
    static exports (module: Module): ModuleExport[]
  }

  function compile (bytes: ArrayBuffer | ArrayBufferView<ArrayBuffer>): Promise<Module>

  class Instance {
    constructor (module: Module, imports?: Imports)
    readonly exports: Exports
  }

  /** Sizes are in pages of 64 KiB. */
  class Memory {
    constructor (size: { readonly initial: number, readonly maximum?: number })
    readonly buffer: ArrayBuffer
    grow (pages: number): number
  }

  class Global {
    value: unknown
  }

  class RuntimeError extends Error {}
  class CompileError extends Error {}
  class LinkError extends Error {}
}
