package main

import (
	"errors"
	"fmt"
	"net"
	"os"
	"syscall"

	"github.com/vishvananda/netlink"
)

// bridgeUp makes the bridge, or brings one that exists to what is asked for.
func bridgeUp(name, address, service string) error {
	host, err := netlink.ParseAddr(address)
	if err != nil {
		return fmt.Errorf("--address %s: %w", address, err)
	}
	if err := refuseOverlap(name, host.IPNet); err != nil {
		return err
	}
	attributes := netlink.NewLinkAttrs()
	attributes.Name = name
	// Without an address of its own a bridge takes its ports' lowest, so it would change under the pods' feet.
	attributes.HardwareAddr = hardwareAddress(host.IP)
	bridge := &netlink.Bridge{LinkAttrs: attributes}
	if err := netlink.LinkAdd(bridge); err != nil && !errors.Is(err, syscall.EEXIST) {
		return fmt.Errorf("make bridge %s: %w", name, err)
	}
	link, err := netlink.LinkByName(name)
	if err != nil {
		return fmt.Errorf("bridge %s: %w", name, err)
	}
	if link.Type() != "bridge" {
		return fmt.Errorf("%s exists and is no bridge but a %s", name, link.Type())
	}
	disableIPv6(name)
	addresses := []*netlink.Addr{host}
	if service != "" {
		address, err := netlink.ParseAddr(service)
		if err != nil {
			return fmt.Errorf("--service %s: %w", service, err)
		}
		addresses = append(addresses, address)
	}
	for _, address := range addresses {
		if err := netlink.AddrReplace(link, address); err != nil {
			return fmt.Errorf("give %s to %s: %w", address, name, err)
		}
	}
	if err := netlink.LinkSetUp(link); err != nil {
		return fmt.Errorf("set %s up: %w", name, err)
	}
	return nil
}

// bridgeDown removes the bridge, with its addresses and routes, and every cable that is still plugged into it.
func bridgeDown(name string) error {
	link, err := netlink.LinkByName(name)
	if errors.As(err, &netlink.LinkNotFoundError{}) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("bridge %s: %w", name, err)
	}
	if link.Type() != "bridge" {
		return fmt.Errorf("%s is no bridge but a %s: left alone", name, link.Type())
	}
	// The kernel removes a dead pod's cable in its own time, which may be after whoever took the bridge down has looked.
	links, err := netlink.LinkList()
	if err != nil {
		return fmt.Errorf("list what is on %s: %w", name, err)
	}
	for _, cable := range links {
		if cable.Type() != "veth" || cable.Attrs().MasterIndex != link.Attrs().Index {
			continue
		}
		if err := remove(cable); err != nil {
			return err
		}
	}
	return remove(link)
}

// remove deletes a device, unless the kernel was faster.
func remove(link netlink.Link) error {
	if err := netlink.LinkDel(link); err != nil && !errors.Is(err, syscall.ENODEV) {
		return fmt.Errorf("remove %s: %w", link.Attrs().Name, err)
	}
	return nil
}

// refuseOverlap keeps the pods' addresses from hiding a network that this machine is already connected to.
func refuseOverlap(name string, prefix *net.IPNet) error {
	routes, err := netlink.RouteList(nil, netlink.FAMILY_V4)
	if err != nil {
		return fmt.Errorf("list routes: %w", err)
	}
	for _, route := range routes {
		if route.Dst == nil || route.Dst.IP.IsUnspecified() {
			continue
		}
		if !route.Dst.Contains(prefix.IP.Mask(prefix.Mask)) && !prefix.Contains(route.Dst.IP) {
			continue
		}
		link, err := netlink.LinkByIndex(route.LinkIndex)
		if err != nil || link.Attrs().Name == name {
			continue
		}
		return fmt.Errorf("the pods' addresses overlap with %s, which this machine reaches through %s: choose another range", route.Dst, link.Attrs().Name)
	}
	return nil
}

// attach makes the pod's cable: its eth0 in the namespace of process pid, and the other end on the bridge.
func attach(network Network, pid int) error {
	bridge, err := netlink.LinkByName(network.Bridge)
	if err != nil {
		return fmt.Errorf("bridge %s: %w (pod-sandbox bridge up makes it)", network.Bridge, err)
	}
	address, err := netlink.ParseAddr(network.Address)
	if err != nil {
		return fmt.Errorf("address %s: %w", network.Address, err)
	}
	// The kernel removes a dead pod's cable in its own time; the next one of that name must not wait for it.
	if err := unplug(network.Interface); err != nil {
		return err
	}
	attributes := netlink.NewLinkAttrs()
	attributes.Name = network.Interface
	attributes.MasterIndex = bridge.Attrs().Index
	cable := &netlink.Veth{
		LinkAttrs: attributes,
		PeerName:  "eth0",
		// The same address always has the same hardware address, so no neighbour's table is wrong after a restart.
		PeerHardwareAddr: hardwareAddress(address.IP),
		PeerNamespace:    netlink.NsPid(pid),
	}
	if err := netlink.LinkAdd(cable); err != nil {
		return fmt.Errorf("make %s on %s: %w", network.Interface, network.Bridge, err)
	}
	disableIPv6(network.Interface)
	if err := netlink.LinkSetUp(cable); err != nil {
		return fmt.Errorf("set %s up: %w", network.Interface, err)
	}
	return nil
}

// unplug removes a cable, if it is there.
func unplug(name string) error {
	link, err := netlink.LinkByName(name)
	if err != nil {
		return nil
	}
	return remove(link)
}

// configureNetwork is the pod's side of attach.
func configureNetwork(network Network) error {
	loopback, err := netlink.LinkByName("lo")
	if err != nil {
		return fmt.Errorf("lo: %w", err)
	}
	if err := netlink.LinkSetUp(loopback); err != nil {
		return fmt.Errorf("set lo up: %w", err)
	}
	link, err := netlink.LinkByName("eth0")
	if err != nil {
		return fmt.Errorf("eth0: %w", err)
	}
	disableIPv6("eth0")
	address, err := netlink.ParseAddr(network.Address)
	if err != nil {
		return err
	}
	if err := netlink.AddrAdd(link, address); err != nil {
		return fmt.Errorf("give %s to eth0: %w", address, err)
	}
	if err := netlink.LinkSetUp(link); err != nil {
		return fmt.Errorf("set eth0 up: %w", err)
	}
	gateway := net.ParseIP(network.Gateway)
	if err := netlink.RouteAdd(&netlink.Route{LinkIndex: link.Attrs().Index, Gw: gateway}); err != nil {
		return fmt.Errorf("default route by %s: %w", gateway, err)
	}
	return nil
}

// disableIPv6: pods have IPv4 addresses only, and a link-local one would be advertised by programs that look for any.
func disableIPv6(name string) {
	_ = os.WriteFile("/proc/sys/net/ipv6/conf/"+name+"/disable_ipv6", []byte("1"), 0)
}

func hardwareAddress(ip net.IP) net.HardwareAddr {
	return append(net.HardwareAddr{0x0a, 0x58}, ip.To4()...)
}
