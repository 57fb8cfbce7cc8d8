/** What is known of an instance type's network. */
export interface NetworkFacts {
  readonly networkCards: number;
  /** Elastic Fabric Adapters that fit, one for each network card; 0 without EFA. */
  readonly efaInterfaces: number;
}

/** A network interface as a launch template describes it, without its security groups. */
export interface EfaInterface {
  readonly networkCardIndex: number;
  readonly deviceIndex: number;
  readonly interfaceType: "efa" | "efa-only";
  /** The provider takes the flag as text. */
  readonly deleteOnTermination: "true";
}

/**
 * The network interfaces of an instance with an Elastic Fabric Adapter on every network card.
 *
 * The first one is the node's own, with an IP address: device 0 of card 0. The others carry nothing but EFA traffic and
 * so take no address of the subnet (`efa-only`); on cards of their own they are device 1, because device 0 exists once for
 * the whole instance. Source: https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/efa-acc-inst-types.html.
 */
export function efaInterfaces(facts: NetworkFacts): EfaInterface[] {
  if (facts.efaInterfaces < 1) throw new Error("the instance type has no Elastic Fabric Adapter");
  if (facts.efaInterfaces > facts.networkCards) {
    throw new Error(`${facts.efaInterfaces} EFA interfaces do not fit on ${facts.networkCards} network cards`);
  }
  return Array.from({ length: facts.efaInterfaces }, (_, card) => ({
    networkCardIndex: card,
    deviceIndex: card === 0 ? 0 : 1,
    interfaceType: card === 0 ? "efa" : "efa-only",
    deleteOnTermination: "true",
  }));
}
