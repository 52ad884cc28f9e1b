/** The development server speaks to a Berth that runs beside it: BERTH_URL, or the default port. */
const target = process.env.BERTH_URL ?? 'http://127.0.0.1:3000';

export default {
  '/api': { target },
  '/docs': { target },
};
