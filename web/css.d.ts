/** An import of a style sheet only tells web/build.ts to bundle it. */
declare module '*.css';
