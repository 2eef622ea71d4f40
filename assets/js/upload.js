// Pages that take uploads only. Our part is in upload/.
import "folder:./upload";
