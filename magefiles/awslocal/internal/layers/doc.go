// Package layers keeps the layers of images unpacked, so that containers can be made of them by an overlay mount.
//
//	entries/HEX/OWNER/fs     the files of a layer by its diff id, in the form in which overlayfs stacks them
//	entries/HEX/OWNER/…      what was passed over, and the names of all files with the owners and modes of the image
//	tops/KEY/fs              folders with the modes of lower layers, for a stack in which a layer hides them
//	partial/HEX+RANDOM       being written
//	locks/HH                 held by who writes an entry whose HEX begins so
//
// An entry appears by the rename of a finished folder, after the digest of the layer was compared: a process may be killed
// at any moment, and several can use one folder. What a dead one has left is removed by the next that holds the lock.
//
// Files are for reading alone: an overlay mount with the option userxattr has them as its lower folders. A whiteout is a
// character device 0:0, an opaque folder has the attribute user.overlay.opaque. Both can be made by everybody:
// https://docs.kernel.org/filesystems/overlayfs.html. The rules by which a layer is read are those of
// https://github.com/opencontainers/image-spec/blob/main/layer.md; where they are silent, those of containerd, which
// Fargate runs. What a layer names lies within its folder, wherever its names and links lead.
//
// It knows tar and the form of overlayfs, and takes nothing but the standard library. It does not know registries,
// compression or containers. Imported by awslocal and supervisor.
package layers
