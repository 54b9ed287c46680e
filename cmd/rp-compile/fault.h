/* What a failure means for the object that was to be made. */
#ifndef RP_COMPILE_FAULT_H
#define RP_COMPILE_FAULT_H

enum fault {
	FAULT_NONE,
	FAULT_STORE, /* the store's: it passes, be it after days */
	FAULT_LOG, /* of where logs lie: it may pass, but not at once */
	FAULT_AGAIN, /* it may pass; after some attempts it is the job's */
	FAULT_FINAL /* the job asks for what cannot be */
};

#endif
