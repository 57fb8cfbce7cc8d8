import type { ResourceValidationPolicy, StackValidationPolicy } from "@pulumi/policy";
import type { Allowances } from "../allowances";
import { encryption, protectedData } from "./data";
import { authenticatedGateway, privateClusterEndpoint, privateGateway } from "./exposure";
import { gpuNodes, gpuPods, instanceMetadata } from "./machines";
import { namedIam, namedRbac } from "./rights";
import { tagged } from "./tags";
import { pinnedCharts, pinnedImages } from "./versions";

/** All rules, with these allowances. */
export function rules(allowances: Allowances): (ResourceValidationPolicy | StackValidationPolicy)[] {
  return [
    privateClusterEndpoint(allowances),
    privateGateway(allowances),
    authenticatedGateway,
    instanceMetadata,
    encryption,
    pinnedCharts,
    pinnedImages,
    gpuPods,
    gpuNodes(allowances),
    protectedData,
    tagged,
    namedRbac,
    namedIam,
  ];
}
