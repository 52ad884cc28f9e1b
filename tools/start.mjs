/** `npm start`: serves, with a pretend server at the first start, so that there is something to try. */
process.env.BERTH_SANDBOX ??= 'true';
await import('../dist/main.js');
