package testenv

import (
	"context"
	"fmt"
	"os"
	"path/filepath"

	"github.com/go-logr/logr"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/klog/v2/textlogger"
	ctrllog "sigs.k8s.io/controller-runtime/pkg/log"

	"evroc.com/cluster-api-provider-evroc/tests/testenv/management"
	"evroc.com/cluster-api-provider-evroc/tests/testenv/product"
	"evroc.com/cluster-api-provider-evroc/tests/testenv/rke2"
	"evroc.com/cluster-api-provider-evroc/tests/testenv/workload"
)

func (e *Environment) startManagement(ctx context.Context) (err error) {
	options := management.Options{
		Dir:             e.options.Dir,
		Binaries:        e.options.Binaries,
		Manifests:       e.options.Manifests,
		WithoutManagers: e.options.WithoutManagers,
		Audit:           e.options.Audit,
		APIServerMemory: e.options.APIServerMemory,
		Progress:        e.options.Progress,
	}
	if e.options.RKE2 {
		if options.Objects, err = rke2Objects(); err != nil {
			return err
		}
	}
	e.Management, err = management.Start(ctx, options)
	return err
}

func (e *Environment) startProduct(ctx context.Context) (err error) {
	if e.options.Programs == "" {
		return nil
	}
	e.Product, err = product.Start(ctx, product.Options{
		Dir:          e.options.Dir,
		Logs:         e.logs(),
		Programs:     e.options.Programs,
		DataPlane:    e.options.DataPlane,
		SimSettings:  e.options.SimSettings,
		SimFlags:     e.options.SimFlags,
		ServiceFlags: e.options.ServiceFlags,
	})
	return err
}

func (e *Environment) startShim(ctx context.Context) (err error) {
	if !e.options.Shim {
		return nil
	}
	e.Shim, err = e.StartShim(ctx, "shim")
	return err
}

// rke2Objects returns the definitions and rights of the fake RKE2 provider.
func rke2Objects() ([]*unstructured.Unstructured, error) {
	definitions, err := rke2.CRDs()
	if err != nil {
		return nil, err
	}
	result, err := rke2.RBAC()
	if err != nil {
		return nil, err
	}
	for _, definition := range definitions {
		content, err := runtime.DefaultUnstructuredConverter.ToUnstructured(definition)
		if err != nil {
			return nil, err
		}
		// Go encodes it, but the API server sets it.
		unstructured.RemoveNestedField(content, "status")
		unstructured.RemoveNestedField(content, "metadata", "creationTimestamp")
		object := &unstructured.Unstructured{Object: content}
		object.SetAPIVersion("apiextensions.k8s.io/v1")
		object.SetKind("CustomResourceDefinition")
		result = append(result, object)
	}
	return result, nil
}

// startRKE2 runs the two controllers of the fake RKE2 provider, each under its
// own account.
func (e *Environment) startRKE2(ctx context.Context) error {
	if !e.options.RKE2 {
		return nil
	}
	options := e.options.RKE2Options
	plane, err := e.Management.ServiceAccountConfig(
		ctx, rke2.ControlPlaneNamespace, rke2.ControlPlaneAccount)
	if err != nil {
		return err
	}
	if options.Bootstrap == nil {
		options.Bootstrap, err = e.Management.ServiceAccountConfig(
			ctx, rke2.BootstrapNamespace, rke2.BootstrapAccount)
		if err != nil {
			return err
		}
	}
	if options.Log.GetSink() == nil {
		if options.Log, err = e.newLog("rke2"); err != nil {
			return err
		}
	}
	// client-go's watches use this log, and Forbidden reads it. There is one per
	// process: the first of several test environments has it.
	ctrllog.SetLogger(options.Log)
	lifetime, end := context.WithCancel(context.Background())
	e.closers = append(e.closers, func() error { end(); return nil })
	if err := rke2.Start(lifetime, plane, options); err != nil {
		return fmt.Errorf("starting RKE2's provider: %w", err)
	}
	return nil
}

func (e *Environment) startWorkload(ctx context.Context) (err error) {
	if !e.options.Workload {
		return nil
	}
	options := e.options.WorkloadOptions
	options.SimURL = e.Product.SimURL()
	if options.Log.GetSink() == nil {
		if options.Log, err = e.newLog("workload"); err != nil {
			return err
		}
	}
	e.Workload, err = workload.Start(ctx, options)
	return err
}

// newLog returns the log of a part that runs in this process.
func (e *Environment) newLog(name string) (logr.Logger, error) {
	file, err := os.OpenFile(filepath.Join(e.logs(), name+".log"),
		os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		return logr.Discard(), err
	}
	e.closers = append(e.closers, file.Close)
	return textlogger.NewLogger(
		textlogger.NewConfig(textlogger.Output(file))).WithName(name), nil
}
