package stand

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

	"evroc.com/cluster-api-provider-evroc/tests/stand/management"
	"evroc.com/cluster-api-provider-evroc/tests/stand/product"
	"evroc.com/cluster-api-provider-evroc/tests/stand/rke2"
	"evroc.com/cluster-api-provider-evroc/tests/stand/workload"
)

func (s *Stand) startManagement(ctx context.Context) (err error) {
	options := management.Options{
		Dir:             s.options.Dir,
		Binaries:        s.options.Binaries,
		Manifests:       s.options.Manifests,
		WithoutManagers: s.options.WithoutManagers,
		Audit:           s.options.Audit,
		APIServerMemory: s.options.APIServerMemory,
		Progress:        s.options.Progress,
	}
	if s.options.RKE2 {
		if options.Objects, err = rke2Objects(); err != nil {
			return err
		}
	}
	s.Management, err = management.Start(ctx, options)
	return err
}

func (s *Stand) startProduct(ctx context.Context) (err error) {
	if s.options.Programs == "" {
		return nil
	}
	s.Product, err = product.Start(ctx, product.Options{
		Dir:          s.options.Dir,
		Logs:         s.logs(),
		Programs:     s.options.Programs,
		DataPlane:    s.options.DataPlane,
		SimSettings:  s.options.SimSettings,
		SimFlags:     s.options.SimFlags,
		ServiceFlags: s.options.ServiceFlags,
	})
	return err
}

func (s *Stand) startShim(ctx context.Context) (err error) {
	if !s.options.Shim {
		return nil
	}
	s.Shim, err = s.StartShim(ctx, "shim")
	return err
}

// rke2Objects are the definitions and rights of RKE2's provider.
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
		// Go writes it out, the API server sets it.
		unstructured.RemoveNestedField(content, "status")
		unstructured.RemoveNestedField(content, "metadata", "creationTimestamp")
		object := &unstructured.Unstructured{Object: content}
		object.SetAPIVersion("apiextensions.k8s.io/v1")
		object.SetKind("CustomResourceDefinition")
		result = append(result, object)
	}
	return result, nil
}

// startRKE2 runs RKE2's two controllers, each under its own account.
func (s *Stand) startRKE2(ctx context.Context) error {
	if !s.options.RKE2 {
		return nil
	}
	options := s.options.RKE2Options
	plane, err := s.Management.ServiceAccountConfig(
		ctx, rke2.ControlPlaneNamespace, rke2.ControlPlaneAccount)
	if err != nil {
		return err
	}
	if options.Bootstrap == nil {
		options.Bootstrap, err = s.Management.ServiceAccountConfig(
			ctx, rke2.BootstrapNamespace, rke2.BootstrapAccount)
		if err != nil {
			return err
		}
	}
	if options.Log.GetSink() == nil {
		if options.Log, err = s.newLog("rke2"); err != nil {
			return err
		}
	}
	// client-go's watches log through this one, and Forbidden reads it. It is the
	// process's: of several stands in one, the first has it.
	ctrllog.SetLogger(options.Log)
	lifetime, end := context.WithCancel(context.Background())
	s.closers = append(s.closers, func() error { end(); return nil })
	if err := rke2.Start(lifetime, plane, options); err != nil {
		return fmt.Errorf("starting RKE2's provider: %w", err)
	}
	return nil
}

func (s *Stand) startWorkload(ctx context.Context) (err error) {
	if !s.options.Workload {
		return nil
	}
	options := s.options.WorkloadOptions
	options.SimURL = s.Product.SimURL()
	if options.Log.GetSink() == nil {
		if options.Log, err = s.newLog("workload"); err != nil {
			return err
		}
	}
	s.Workload, err = workload.Start(ctx, options)
	return err
}

// newLog is the log of a part that runs in this process.
func (s *Stand) newLog(name string) (logr.Logger, error) {
	file, err := os.OpenFile(filepath.Join(s.logs(), name+".log"),
		os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		return logr.Discard(), err
	}
	s.closers = append(s.closers, file.Close)
	return textlogger.NewLogger(
		textlogger.NewConfig(textlogger.Output(file))).WithName(name), nil
}
