// The calendar page only: FullCalendar is too big to ride along everywhere. Our part is in calendar/.
import "folder:./calendar";
