#include "textflag.h"

// Lengths n are numbers of floats, rows are bytes; both are whole vectors of 16 floats.

// func add2(y, a, b *float32, n int)
TEXT ·add2(SB), NOSPLIT, $0-32
	MOVQ y+0(FP), DI
	MOVQ a+8(FP), SI
	MOVQ b+16(FP), DX
	MOVQ n+24(FP), CX
loop:
	VMOVUPS (SI), Y0
	VMOVUPS 32(SI), Y1
	VADDPS (DX), Y0, Y0
	VADDPS 32(DX), Y1, Y1
	VMOVUPS Y0, (DI)
	VMOVUPS Y1, 32(DI)
	ADDQ $64, SI
	ADDQ $64, DX
	ADDQ $64, DI
	SUBQ $16, CX
	JNZ loop
	VZEROUPPER
	RET

// func sum2(acc, x *float32, n int): acc += x
TEXT ·sum2(SB), NOSPLIT, $0-24
	MOVQ acc+0(FP), DI
	MOVQ x+8(FP), SI
	MOVQ n+16(FP), CX
loop:
	VMOVUPS (SI), Y0
	VMOVUPS 32(SI), Y1
	VADDPS (DI), Y0, Y0
	VADDPS 32(DI), Y1, Y1
	VMOVUPS Y0, (DI)
	VMOVUPS Y1, 32(DI)
	ADDQ $64, SI
	ADDQ $64, DI
	SUBQ $16, CX
	JNZ loop
	VZEROUPPER
	RET

// func square2(acc, x, m *float32, channels, row int): acc += (x - m)²
TEXT ·square2(SB), NOSPLIT, $0-40
	MOVQ acc+0(FP), DI
	MOVQ x+8(FP), SI
	MOVQ m+16(FP), DX
	MOVQ channels+24(FP), R8
chan:
	VBROADCASTSS (DX), Y4
	ADDQ $4, DX
	MOVQ row+32(FP), CX
loop:
	VMOVUPS (SI), Y0
	VMOVUPS 32(SI), Y1
	VSUBPS Y4, Y0, Y0
	VSUBPS Y4, Y1, Y1
	VMOVUPS (DI), Y2
	VMOVUPS 32(DI), Y3
	VFMADD231PS Y0, Y0, Y2
	VFMADD231PS Y1, Y1, Y3
	VMOVUPS Y2, (DI)
	VMOVUPS Y3, 32(DI)
	ADDQ $64, SI
	ADDQ $64, DI
	SUBQ $64, CX
	JNZ loop
	DECQ R8
	JNZ chan
	VZEROUPPER
	RET

// func affine2(y, x, a, b *float32, channels, row int): y = x·a + b
TEXT ·affine2(SB), NOSPLIT, $0-48
	MOVQ y+0(FP), DI
	MOVQ x+8(FP), SI
	MOVQ a+16(FP), DX
	MOVQ b+24(FP), BX
	MOVQ channels+32(FP), R8
chan:
	VBROADCASTSS (DX), Y4
	VBROADCASTSS (BX), Y5
	ADDQ $4, DX
	ADDQ $4, BX
	MOVQ row+40(FP), CX
loop:
	VMOVAPS Y5, Y0
	VMOVAPS Y5, Y1
	VFMADD231PS (SI), Y4, Y0
	VFMADD231PS 32(SI), Y4, Y1
	VMOVUPS Y0, (DI)
	VMOVUPS Y1, 32(DI)
	ADDQ $64, SI
	ADDQ $64, DI
	SUBQ $64, CX
	JNZ loop
	DECQ R8
	JNZ chan
	VZEROUPPER
	RET

// func moments2(accG, accB, dy, x, m *float32, channels, row int): accG += dy·(x-m), accB += dy
TEXT ·moments2(SB), NOSPLIT, $0-56
	MOVQ accG+0(FP), DI
	MOVQ accB+8(FP), R9
	MOVQ dy+16(FP), SI
	MOVQ x+24(FP), BX
	MOVQ m+32(FP), DX
	MOVQ channels+40(FP), R8
chan:
	VBROADCASTSS (DX), Y6
	ADDQ $4, DX
	MOVQ row+48(FP), CX
loop:
	VMOVUPS (BX), Y0
	VMOVUPS 32(BX), Y1
	VSUBPS Y6, Y0, Y0
	VSUBPS Y6, Y1, Y1
	VMOVUPS (SI), Y2
	VMOVUPS 32(SI), Y3
	VMOVUPS (DI), Y4
	VMOVUPS 32(DI), Y5
	VFMADD231PS Y0, Y2, Y4
	VFMADD231PS Y1, Y3, Y5
	VMOVUPS Y4, (DI)
	VMOVUPS Y5, 32(DI)
	VADDPS (R9), Y2, Y2
	VADDPS 32(R9), Y3, Y3
	VMOVUPS Y2, (R9)
	VMOVUPS Y3, 32(R9)
	ADDQ $64, SI
	ADDQ $64, BX
	ADDQ $64, DI
	ADDQ $64, R9
	SUBQ $64, CX
	JNZ loop
	DECQ R8
	JNZ chan
	VZEROUPPER
	RET

// func affine3(dx, dy, x, a, k, q *float32, channels, row int): dx = dy·a + x·k + q
TEXT ·affine3(SB), NOSPLIT, $0-64
	MOVQ dx+0(FP), DI
	MOVQ dy+8(FP), SI
	MOVQ x+16(FP), BX
	MOVQ a+24(FP), DX
	MOVQ k+32(FP), R9
	MOVQ q+40(FP), R10
	MOVQ channels+48(FP), R8
chan:
	VBROADCASTSS (DX), Y4
	VBROADCASTSS (R9), Y5
	VBROADCASTSS (R10), Y6
	ADDQ $4, DX
	ADDQ $4, R9
	ADDQ $4, R10
	MOVQ row+56(FP), CX
loop:
	VMOVAPS Y6, Y0
	VMOVAPS Y6, Y1
	VFMADD231PS (BX), Y5, Y0
	VFMADD231PS 32(BX), Y5, Y1
	VFMADD231PS (SI), Y4, Y0
	VFMADD231PS 32(SI), Y4, Y1
	VMOVUPS Y0, (DI)
	VMOVUPS Y1, 32(DI)
	ADDQ $64, SI
	ADDQ $64, BX
	ADDQ $64, DI
	SUBQ $64, CX
	JNZ loop
	DECQ R8
	JNZ chan
	VZEROUPPER
	RET

// func mask2(dx, x *float32, n int): dx = 0 where x <= 0
TEXT ·mask2(SB), NOSPLIT, $0-24
	MOVQ dx+0(FP), DI
	MOVQ x+8(FP), SI
	MOVQ n+16(FP), CX
	VXORPS Y7, Y7, Y7
loop:
	VMOVUPS (SI), Y0
	VMOVUPS 32(SI), Y1
	VCMPPS $6, Y7, Y0, Y0
	VCMPPS $6, Y7, Y1, Y1
	VANDPS (DI), Y0, Y0
	VANDPS 32(DI), Y1, Y1
	VMOVUPS Y0, (DI)
	VMOVUPS Y1, 32(DI)
	ADDQ $64, SI
	ADDQ $64, DI
	SUBQ $16, CX
	JNZ loop
	VZEROUPPER
	RET

// func max2(m, arg, x *float32, n int, tap float32): where x > m or x is a NaN, m = x and arg = tap
TEXT ·max2(SB), NOSPLIT, $0-36
	MOVQ m+0(FP), DI
	MOVQ arg+8(FP), DX
	MOVQ x+16(FP), SI
	MOVQ n+24(FP), CX
	VBROADCASTSS tap+32(FP), Y7
loop:
	VMOVUPS (SI), Y0
	VMOVUPS (DI), Y1
	VCMPPS $14, Y1, Y0, Y2
	VCMPPS $3, Y0, Y0, Y4
	VORPS Y4, Y2, Y2
	VBLENDVPS Y2, Y0, Y1, Y1
	VMOVUPS Y1, (DI)
	VMOVUPS (DX), Y3
	VBLENDVPS Y2, Y7, Y3, Y3
	VMOVUPS Y3, (DX)
	ADDQ $32, SI
	ADDQ $32, DI
	ADDQ $32, DX
	SUBQ $8, CX
	JNZ loop
	VZEROUPPER
	RET

// func route2(dx, dy, arg *float32, n int, tap float32): dx += dy where arg is tap
TEXT ·route2(SB), NOSPLIT, $0-36
	MOVQ dx+0(FP), DI
	MOVQ dy+8(FP), SI
	MOVQ arg+16(FP), DX
	MOVQ n+24(FP), CX
	VBROADCASTSS tap+32(FP), Y7
loop:
	VMOVUPS (DX), Y0
	VCMPPS $0, Y7, Y0, Y0
	VANDPS (SI), Y0, Y0
	VADDPS (DI), Y0, Y0
	VMOVUPS Y0, (DI)
	ADDQ $32, SI
	ADDQ $32, DI
	ADDQ $32, DX
	SUBQ $8, CX
	JNZ loop
	VZEROUPPER
	RET
