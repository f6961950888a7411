// Velero's own command line and server, and beside it (as a tool of this module) its plugin for S3.
package main

import (
	"os"
	"path/filepath"

	"github.com/vmware-tanzu/velero/pkg/cmd"
	"github.com/vmware-tanzu/velero/pkg/cmd/velero"
)

func main() {
	cmd.CheckError(velero.NewCommand(filepath.Base(os.Args[0])).Execute())
}
