/** The components that programs in any language can use; Pulumi hosts what is exported here. */
export { GpuNodes } from "./gpuNodes";
export { ServedModel } from "./servedModel";
