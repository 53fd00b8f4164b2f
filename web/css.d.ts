/** Style sheets are bundled by web/build.ts; importing one names it, nothing more. */
declare module '*.css';
