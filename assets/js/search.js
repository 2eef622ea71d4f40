// The page /search/ where no server searches: loaded there and nowhere else.
import "folder:./search";
