package integration

import _ "github.com/coreruleset/go-ftw/runner"
