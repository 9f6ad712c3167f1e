// A GPU in software for the WebGPU provider: SwiftShader, the Vulkan driver that comes with Chromium. It is right and slow,
// and knows no half floats.
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findProgram } from '../system-packages.ts';

const FOLDERS = ['/usr/lib/chromium', '/usr/lib/chromium-browser', '/opt/google/chrome'];
const DRIVER = 'libvk_swiftshader.so';

/** What a process needs in its environment before it opens the device; null where driver or loader are missing. */
export function softwareGpuEnvironment(): Readonly<Record<string, string>> | null {
  const folder = FOLDERS.find((each) => existsSync(join(each, DRIVER)));
  if (folder === undefined || findProgram('libvulkan.so.1') === undefined) return null;
  const directory = mkdtempSync(join(tmpdir(), 'tollgate-gpu-'));
  process.once('exit', () => rmSync(directory, { recursive: true, force: true }));
  const manifest = join(directory, 'driver.json');
  const ICD = { library_path: join(folder, DRIVER), api_version: '1.0.5' };
  writeFileSync(manifest, JSON.stringify({ file_format_version: '1.0.0', ICD }));
  return { VK_ICD_FILENAMES: manifest, VK_DRIVER_FILES: manifest };
}
