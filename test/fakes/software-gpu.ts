// A GPU in software for the WebGPU provider: SwiftShader, the Vulkan driver that comes with Chromium. It is right and slow,
// and knows no half floats.
import { existsSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const FOLDERS = ['/usr/lib/chromium', '/usr/lib/chromium-browser', '/opt/google/chrome'];
const DRIVER = 'libvk_swiftshader.so';

/** What a process needs in its environment before it opens the device; null where there is no such driver. */
export function softwareGpuEnvironment(): Readonly<Record<string, string>> | null {
  const folder = FOLDERS.find((each) => existsSync(join(each, DRIVER)));
  if (folder === undefined || process.platform !== 'linux') return null;
  const manifest = join(mkdtempSync(join(tmpdir(), 'tollgate-gpu-')), 'driver.json');
  const ICD = { library_path: join(folder, DRIVER), api_version: '1.0.5' };
  writeFileSync(manifest, JSON.stringify({ file_format_version: '1.0.0', ICD }));
  return { VK_ICD_FILENAMES: manifest, VK_DRIVER_FILES: manifest };
}
