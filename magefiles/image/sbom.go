package image

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"time"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	spdxjson "github.com/spdx/tools-golang/json"
	"github.com/spdx/tools-golang/spdx/v2/common"
	"github.com/spdx/tools-golang/spdx/v2/v2_3"

	"github.com/bellyfed/splitecs/cfn/lazyregexp"
)

// spdxType is the media type of a bill of materials (https://www.iana.org/assignments/media-types/application/spdx+json).
const spdxType = "application/spdx+json"

// SBOM is the bill of materials of what was built, an artifact whose subject is the image, as SPDX 2.3: the packages of
// node_modules, the modules of the Go programs, and the production packages of the lock file of npm, pnpm or yarn, from which a build
// bundles. The document says what it covers. Nil for images that were built elsewhere: what is in
// them is not known here, unless [Save] wrote it down. It is the same to the byte for the same image and lock file.
func (b *Built) SBOM() (v1.Image, error) {
	at, packages, comment := created(b.builder.spec), []Package(nil), ""
	if s := b.builder.saved; s != nil && s.sbom != nil {
		var err error
		if at, err = s.since(); err != nil {
			return nil, fmt.Errorf("make bill of materials: %w", err)
		}
		packages, comment = packagesOf(s.sbom), s.sbom.DocumentComment
	} else if b.builder.spec.Source.IsImage() {
		return nil, nil
	} else {
		covers, err := b.builder.covers()
		if err != nil {
			return nil, fmt.Errorf("make bill of materials: %w", err)
		}
		packages, comment = b.builder.listed(covers.lock), covers.comment()
	}
	subject, err := descriptor(b.Artifact())
	if err != nil {
		return nil, fmt.Errorf("make bill of materials: %w", err)
	}
	var document bytes.Buffer
	if err := spdxjson.Write(billOfMaterials(subject.Digest, at, packages, comment), &document); err != nil {
		return nil, fmt.Errorf("make bill of materials: %w", err)
	}
	img, err := newReferrer(subject, spdxType, document.Bytes())
	if err != nil {
		return nil, fmt.Errorf("make bill of materials: %w", err)
	}
	return img, nil
}

// listed are the packages of all layers and those of the lock file, each once, in order; what is in the image is not said to
// be declared alone.
func (b *builder) listed(lock *lockList) []Package {
	b.mu.Lock()
	defer b.mu.Unlock()
	all := slices.Clone(b.packages)
	if lock != nil {
		all = append(all, lock.packages...)
	}
	slices.SortFunc(all, func(x, y Package) int {
		if c := strings.Compare(x.URL, y.URL); c != 0 {
			return c
		}
		if c := strings.Compare(x.Declared, y.Declared); c != 0 {
			return c
		}
		return strings.Compare(x.License, y.License)
	})
	return slices.CompactFunc(all, func(x, y Package) bool { return x.URL == y.URL })
}

// billOfMaterials is the document. Pure. https://spdx.github.io/spdx-spec/v2.3/
func billOfMaterials(image v1.Hash, at time.Time, packages []Package, comment string) *v2_3.Document {
	const none = "NOASSERTION"
	top := &v2_3.Package{
		PackageName: "image", PackageSPDXIdentifier: "image", PackageVersion: image.String(), PackageDownloadLocation: none,
		PrimaryPackagePurpose: "CONTAINER", PackageChecksums: []common.Checksum{{Algorithm: common.SHA256, Value: image.Hex}},
	}
	doc := &v2_3.Document{
		SPDXVersion: v2_3.Version, DataLicense: v2_3.DataLicense, SPDXIdentifier: "DOCUMENT",
		DocumentName: "image-" + image.Hex, DocumentNamespace: "https://spdx.org/spdxdocs/splitecs-" + image.Hex,
		CreationInfo: &v2_3.CreationInfo{
			Creators: []common.Creator{{CreatorType: "Tool", Creator: "splitecs"}}, Created: at.Format(time.RFC3339),
		},
		DocumentComment: comment,
		Packages:        []*v2_3.Package{top},
		Relationships: []*v2_3.Relationship{{
			RefA: common.MakeDocElementID("", "DOCUMENT"), RefB: common.MakeDocElementID("", "image"), Relationship: common.TypeRelationshipDescribe,
		}},
	}
	for i, p := range packages {
		id := common.ElementID(fmt.Sprintf("package-%d", i+1))
		license := none
		if licenseExpression.MatchString(p.License) {
			license = p.License
		}
		related := common.TypeRelationshipContains
		said := ""
		if p.Declared != "" {
			related, said = common.TypeRelationshipDependsOn, declaredComment(p.Declared)
		}
		doc.Packages = append(doc.Packages, &v2_3.Package{
			PackageComment: said,
			PackageName:    p.Name, PackageSPDXIdentifier: id, PackageVersion: p.Version, PackageDownloadLocation: none,
			PackageLicenseDeclared: license, PackageLicenseConcluded: none, PackageCopyrightText: none,
			PackageExternalReferences: []*v2_3.PackageExternalReference{{
				Category: common.CategoryPackageManager, RefType: common.TypePackageManagerPURL, Locator: p.URL,
			}},
		})
		doc.Relationships = append(doc.Relationships, &v2_3.Relationship{
			RefA: common.MakeDocElementID("", "image"), RefB: common.MakeDocElementID("", string(id)), Relationship: related,
		})
	}
	return doc
}

// licenseExpression is the form of the expressions that npm packages are to give; others ("SEE LICENSE IN x") are no
// assertion that SPDX knows.
var licenseExpression = lazyregexp.New(`^\(?[A-Za-z0-9.+-]+(?: (?:AND|OR|WITH) [A-Za-z0-9.+-]+)*\)?$`)
