// Every admin page: htmx for parts of pages, and our own elements (one file each in elements/).
import "htmx.org";
import "folder:./elements";
