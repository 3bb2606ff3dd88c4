import react from '@vitejs/plugin-react';
import { defineConfig } from 'vite';

// Relative addresses, so that the page also works under a sub-path.
export default defineConfig({
  base: './',
  plugins: [react()],
  build: { outDir: '../static/workbench', emptyOutDir: true, chunkSizeWarningLimit: 2000 },
});
