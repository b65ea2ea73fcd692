package cfn

import "github.com/bellyfed/splitecs/cfn/confidential"

// Confidential tells whether a variable's name says that its value is not for everybody's eyes; [confidential.Name] has the
// list.
func Confidential(name string) bool { return confidential.Name(name) }
