package adminapi

import (
	"errors"
	"net/http"
	"slices"
	"strings"

	"github.com/webshell-guard/caddy-webshell-guard/baseline"
)

// operationPaths splits paths into those that name operations, and others.
func operationPaths(paths []string) (operations []baseline.EndpointName, others []string, err error) {
	for _, path := range paths {
		if strings.Contains(path, baseline.EndpointSeparator) {
			name, err := baseline.ParseEndpointName(path)
			if err != nil {
				return nil, nil, apiError(http.StatusBadRequest, "paths: %v", err)
			}
			if name.Operation != "" {
				operations = append(operations, name)
				continue
			}
		}
		others = append(others, path)
	}
	return operations, others, nil
}

// operationKeys finds the scripts and routes of which operations are named, under each
// document root, and checks that they can have them.
func (c *siteCall) operationKeys(names []baseline.EndpointName, root string) (keys []baseline.OperationKey, err error) {
	for _, name := range names {
		selector, value, _ := strings.Cut(name.Operation, "=")
		path, found := name.Script, false
		if name.Route != "" {
			path = name.Route
		}
		var refused error
		for p := range c.memory.Scripts.All() {
			of := p.Name()
			if p.Key().Path != path || root != "" && p.Key().Root != root || name.Route != "" && name.Script != "" && of.Script != name.Script {
				continue
			}
			k := baseline.OperationKey{Endpoint: p.Key(), Selector: selector, Value: value}
			if err := c.memory.Decisions.CheckOperation(k); err != nil {
				refused = err
				continue
			}
			found = true
			keys = append(keys, k)
		}
		switch {
		case found:
		case refused != nil:
			return nil, apiError(http.StatusBadRequest, "paths: %v", refused)
		default:
			return nil, apiError(http.StatusBadRequest, "paths: %v: %.80q is not known", baseline.ErrNoOperation, path)
		}
	}
	slices.SortFunc(keys, func(a, b baseline.OperationKey) int {
		return strings.Compare(a.Endpoint.Path+"\x00"+a.Selector+"="+a.Value+"\x00"+a.Endpoint.Root, b.Endpoint.Path+"\x00"+b.Selector+"="+b.Value+"\x00"+b.Endpoint.Root)
	})
	return slices.Compact(keys), nil
}

// operationChanges lists the operations with their trust before and after a decision.
func (c *siteCall) operationChanges(keys []baseline.OperationKey, now string) (list []ScriptChange) {
	for _, k := range keys {
		was := unknownScript
		if t, known := c.memory.Decisions.OperationTrust(k); known {
			was = t.String()
		}
		name := c.memory.Scripts.Lookup(k.Endpoint).Name()
		name.Operation = k.Selector + "=" + k.Value
		list = append(list, ScriptChange{Path: k.Endpoint.Path, Endpoint: name.String(), Kind: kindOperation, Root: k.Endpoint.Root, Was: was, Now: now})
	}
	return list
}

// decideOperations applies a decision to operations.
func (c *siteCall) decideOperations(keys []baseline.OperationKey, now string) error {
	switch now {
	case baseline.Trusted.String():
		return c.memory.Decisions.SetOperations(keys, baseline.Trusted, c.by, c.now)
	case baseline.Denied.String():
		return c.memory.Decisions.SetOperations(keys, baseline.Denied, c.by, c.now)
	case unknownScript:
		c.memory.Decisions.ForgetOperations(keys, c.by, c.now)
		return nil
	}
	return errors.New("no such decision about an operation")
}
