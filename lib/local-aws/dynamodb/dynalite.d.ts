declare module 'dynalite' {
  interface Options {
    /** Folder of the tables; without one they are in memory. */
    path?: string;
    createTableMs: number;
    deleteTableMs: number;
    updateTableMs: number;
  }
  function dynalite(options: Options): import('node:http').Server;
  export = dynalite;
}
