/** The components that programs in any language can use; Pulumi hosts what is exported here. */
export { GpuNodes } from "./gpuNodes";
export { ServedModel } from "./servedModel";

// Inputs of inner components would be in the state of every program that uses the package.
process.env["PULUMI_NODEJS_SKIP_COMPONENT_INPUTS"] = "true";
