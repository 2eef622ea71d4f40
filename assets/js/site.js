// The public site: small improvements on pages that work without any script (one file each in site/).
import "folder:./site";
