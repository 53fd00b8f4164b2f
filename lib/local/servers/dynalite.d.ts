/** Types of the parts of dynalite in use. The package has no types. */
declare module 'dynalite' {
  import type { Server } from 'node:http';
  export default function dynalite(options?: {
    createTableMs?: number;
    deleteTableMs?: number;
    updateTableMs?: number;
  }): Server;
}
declare module 'dynalite/db/index.js' {
  const db: {
    checkConditional(
      request: { ReturnValuesOnConditionCheckFailure?: string },
      existing: object | undefined,
    ): { body: Record<string, unknown> } | null | undefined;
  };
  export default db;
}
declare module 'dynalite/validations/putItem.js' {
  export const types: Record<string, unknown>;
}
declare module 'dynalite/validations/updateItem.js' {
  export const types: Record<string, unknown>;
}
declare module 'dynalite/validations/deleteItem.js' {
  export const types: Record<string, unknown>;
}
